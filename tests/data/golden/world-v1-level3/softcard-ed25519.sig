"SDu>D]D}ใฬ;YB	{ี$ฟTงWl็Yฤgดýสมหอ&ฑภeÝโฑฝUmส๓guๅyขฟj๋#
